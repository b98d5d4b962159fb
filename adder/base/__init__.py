"""What any room may use: errors, messages in several languages, checks of values, paths and logs."""
