"""What can go wrong with a peer."""


class PeerError(Exception):
    """A peer gave no figure that could be published."""


class PeerNotSetUpError(PeerError):
    """What the peer runs on is not installed."""


class PeerStoppedError(PeerError):
    """A process of the peer ended by itself, or did not get through in time."""


class PeerResultError(PeerError):
    """The peer's tables do not hold what the topic holds."""
