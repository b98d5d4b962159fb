"""What phones get from this server: a small page of their own, with one script and one style, and no Streamlit.

`view` tells a phone what it shows: the server says every sentence, and the script puts it on the page. The phone keeps
a key of its own, which proves who answers; the digest of the key names the player everywhere else.
"""
