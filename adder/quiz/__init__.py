"""The quiz without a screen: the game, how typed answers are read, how hard a question is."""
