link-over = This link can’t be used any more.
