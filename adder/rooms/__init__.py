"""A class in one room: who is in, what is asked, and how everybody answers, without a screen and without a server.

Everything that happens is an event, and a room is what its events make of it. `adder.rooms.service` keeps them in the
database of runs, so that several apps share a room, and a restart loses nothing.
"""
