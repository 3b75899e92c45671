"""English words that tell nothing about what a text is about."""

from __future__ import annotations

from typing import Final

ENGLISH: Final = """
a about above across after again against all almost alone along already also although always am
among an and another any anyone anything are aren't around as at away back be became because
become becomes been before began behind being below between beyond both but by came can can't
cannot come comes could couldn't did didn't do does doesn't doing don't done down during each
either else enough etc even ever every everyone everything far few first for found from further
gave get gets give given go goes going gone got had hadn't has hasn't have haven't having he he'd
he'll he's hence her here here's hers herself him himself his how however i i'd i'll i'm i've if
in indeed instead into is isn't it it'd it'll it's its itself just keep kept knew know known last
least less let let's like little long made make makes making many may maybe me might mine more
most much must my myself near nearly need neither never next no nobody none nor not nothing now
nowhere o of off often oh on once one only onto or other others otherwise our ours ourselves out
over own perhaps put quite rather really said same saw say says see seem seemed seems seen several
shall shan't she she'd she'll she's should shouldn't since so some someone something sometimes
somewhere soon still such take taken than that that's the thee their theirs them themselves then
thence there there's therefore these they they'd they'll they're they've thine thing things this
those thou though through throughout thus thy till to together too took toward towards two under
unless until unto up upon us use used very via want was wasn't way we we'd we'll we're we've well
went were weren't what what's whatever when whence where where's whereas wherever whether which
whichever while who who's whoever whole whom whose why will with within without won't would
wouldn't ye yes yet you you'd you'll you're you've your yours yourself yourselves hath doth dost
didst shalt wilt art hast
"""
