"""From a fresh clone to a window, a test run or a check: `python3 packaging/dev.py VERB`.

Standard library only, and this file keeps to a syntax that every Python reads, so that an
unsupported one gets a plain sentence instead of a traceback. All else stands in the modules beside it.
"""

import sys

SUPPORTED = ((3, 11), (3, 14))  # at least, below


def refusal(version):  # noqa: ANN001, ANN201 - read by every Python 3
    """Why this Python cannot be used, or None. `version` is (major, minor)."""
    lowest, below = SUPPORTED
    if lowest <= tuple(version[:2]) < below:
        return None
    return (
        "Harmony Board needs Python {}.{} to {}.{}; this is Python {}.{}. "
        "Run it with one of those, for example: python3.{} packaging/dev.py run".format(
            *lowest, below[0], below[1] - 1, version[0], version[1], below[1] - 1
        )
    )


def main():  # noqa: ANN201
    reason = refusal(sys.version_info)
    if reason:
        sys.stderr.write(reason + "\n")
        return 2
    import verbs

    return verbs.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
