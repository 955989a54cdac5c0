"""Codes that the shop closes a WebSocket with: 1011 is the protocol's own, the others are HTTP's with a 4 in front."""

# Something failed here: the client is to come back, and goes on from where it was.
COME_BACK = 1011
BAD_CURSOR = 4400
NOT_SIGNED_IN = 4401
NO_SECOND_FACTOR = 4403
NOT_FOUND = 4404
CURSOR_AHEAD = 4410
TOO_MANY = 4429
