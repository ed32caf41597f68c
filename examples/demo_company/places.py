"""The nine countries where the company sells: their spellings, cities and names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """A country; `spellings` are the ways departments write it, `share` its part of the customers in percent."""

    iso2: str
    iso3: str
    dial: str
    language: str
    share: int
    spellings: tuple[str, str, str, str]
    cities: tuple[tuple[str, str, str], ...]  # city, region, area code
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]


def _country(head: str, spellings: str, cities: str, women: str, men: str, families: str) -> Country:
    iso2, iso3, dial, language, share = head.split()
    local, english = spellings.split(",")
    return Country(
        iso2,
        iso3,
        dial,
        language,
        int(share),
        (iso2, english, english.lower(), local),
        tuple(tuple(c.split("/")) for c in cities.split(",")),  # type: ignore[misc]
        tuple(women.split()),
        tuple(men.split()),
        tuple(f.replace("_", " ") for f in families.split()),
    )


COUNTRIES = (
    _country(
        "DE DEU 49 de 44",
        "Deutschland,Germany",
        "Berlin/Berlin/30,Hamburg/Hamburg/40,München/Bayern/89,Köln/Nordrhein-Westfalen/221,Dresden/Sachsen/351",
        "Anna Lena Käthe Sophie Jördis Marie Ute Greta Hannelore Birgit Änne Mia Clara Frieda Heike Nora",
        "Jürgen Lukas Jörg Max Günther Felix Paul Björn Stefan Karl Uwe Jonas Tobias Ömer Hans Emil",
        "Müller Schmidt Schäfer Weiß Krüger Groß Böhm Vogel Köhler Huber Kaiser Lang Jäger Winter Strauß Yılmaz",
    ),
    _country(
        "AT AUT 43 de 10",
        "Österreich,Austria",
        "Wien/Wien/1,Graz/Steiermark/316,Linz/Oberösterreich/732",
        "Leni Johanna Magdalena Vroni Christl Eva Franziska Sissi",
        "Alois Franz Sepp Matthäus Jakob Ferdl Leopold Toni",
        "Gruber Bauer Pichler Moser Höfer Steiner Wöss Leitner Eder Fuchs Zöhrer Brandstätter",
    ),
    _country(
        "CH CHE 41 de 8",
        "Schweiz,Switzerland",
        "Zürich/Zürich/44,Genève/Genève/22,Basel/Basel-Stadt/61",
        "Ursina Noëlle Regula Chiara Aline Zoé Vreni Seraina",
        "Reto Urs Beat Loïc Luca Jürg Cédric Fabio",
        "Meier Ammann Zürcher Favre Bernasconi Hürlimann Rochat Gasser Brügger Caduff Nägeli Wyss",
    ),
    _country(
        "FR FRA 33 fr 9",
        "France,France",
        "Paris/Île-de-France/1,Lyon/Auvergne-Rhône-Alpes/4,Nîmes/Occitanie/4",
        "Chloé Amélie Inès Manon Zoé Élise Hélène Margaux",
        "Théo Étienne Loïc Jérôme Hugo Noël Gaël Benoît",
        "Lefèvre D'Aubigné Moreau Dubois L'Hôte Gauthier Béranger Roux Chevalier D'Estaing Garçon Petit",
    ),
    _country(
        "IT ITA 39 it 8",
        "Italia,Italy",
        "Milano/Lombardia/2,Roma/Lazio/6,Bari/Puglia/80",
        "Giulia Chiara Nicolò Aurora Lucia Sofia Martina Elena",
        "Marco Niccolò Andrea Luca Matteo Davide Giosuè Dante",
        "Rossi D'Angelo Dell'Acqua Conti Greco De_Luca Ferrari Nicolò Bianchi D'Amico Moretti Galli",
    ),
    _country(
        "NL NLD 31 nl 6",
        "Nederland,Netherlands",
        "Amsterdam/Noord-Holland/20,Utrecht/Utrecht/30,Den Haag/Zuid-Holland/70",
        "Sanne Fleur Noor Maud Femke Iris Loes Anouk",
        "Daan Sem Bram Thijs Joris Koen Ruben Niels",
        "Jansen Bakker 't_Hart Visser Smit Mulder Vos Kuipers Hendriks Brouwer Dijkstra Peeters",
    ),
    _country(
        "PL POL 48 pl 5",
        "Polska,Poland",
        "Warszawa/Mazowieckie/22,Łódź/Łódzkie/42,Kraków/Małopolskie/12",
        "Zofia Małgorzata Agnieszka Łucja Ewa Kasia Wanda Żaneta",
        "Łukasz Paweł Michał Grzegorz Jakub Wojtek Stanisław Jan",
        "Nowak Wójcik Kowalczyk Zieliński Dąbrowski Król Piątek Woźniak Jabłoński Wróbel Żak Mazur",
    ),
    _country(
        "GB GBR 44 en 6",
        "United Kingdom,Great Britain",
        "London/England/20,Leeds/England/113,Cardiff/Wales/29",
        "Olivia Siobhán Amelia Isla Poppy Zoë Grace Ruby",
        "Oliver Callum Seán George Rhys Alfie Liam Owen",
        "Smith O'Brien Jones O'Neill Taylor Evans McCarthy D'Arcy Walker Hughes Clarke Fitzgerald",
    ),
    _country(
        "US USA 1 en 4",
        "United States of America,United States",
        "Boston/MA/617,Austin/TX/512,Portland/OR/503",
        "Emma Renée Ava Harper Luna Nevaeh Hazel Ruth",
        "Liam Noah José Mason Ethan Wyatt Jayden Cole",
        "Johnson O'Connor Garcia Nuñez Miller Lee Davis O'Hara Brown Martínez Wilson Nguyen",
    ),
)

BY_ISO2 = {c.iso2: c for c in COUNTRIES}
STREETS = ("Hauptstraße", "Rue de l'Église", "Lindenallee", "Via Roma", "Station Road", "Am Mühlbach", "Main Street")
