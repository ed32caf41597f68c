"""What was asked, by whom, with what outcome; never a value."""
