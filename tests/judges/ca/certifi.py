"""In the place of the package certifi, which the UCP judge asks before its own system: here the only CA is the shop's."""

import os


def where():
    return os.environ["SSL_CERT_FILE"]
