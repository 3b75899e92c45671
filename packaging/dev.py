"""From a fresh clone to a window, a test run or a check: `python3 packaging/dev.py VERB`.

Standard library only, and this file keeps to a syntax that every Python reads, so that an
unsupported one gets a plain sentence instead of a traceback. All else stands beside it.
"""

import sys

SUPPORTED = ((3, 11), (3, 14))  # at least, below


def refusal(version):
    """Why this Python cannot be used, or None. `version` is (major, minor)."""
    lowest, below = SUPPORTED
    if lowest <= tuple(version[:2]) < below:
        return None
    newest = (below[0], below[1] - 1)
    return (
        "Harmony Board needs Python %d.%d to %d.%d; this is Python %d.%d. "
        "Run it with one of those, for example: python%d.%d packaging/dev.py run"
    ) % (lowest + newest + tuple(version[:2]) + newest)


def main():
    reason = refusal(sys.version_info)
    if reason:
        sys.stderr.write(reason + "\n")
        return 2
    import verbs

    return verbs.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
