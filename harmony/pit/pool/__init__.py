"""Pool Manager: warm Player processes, each a machine of chart 2 (docs/pool.md)."""

from harmony.pit.pool.limits import PoolLimits
from harmony.pit.pool.memory import resident_mb
from harmony.pit.pool.package import Package
from harmony.pit.pool.pool import BREAK_SECONDS, FAILURES_TO_BREAK, Pool
from harmony.pit.pool.process import PooledProcess
from harmony.pit.pool.tenant import Tenant

__all__ = [
    "BREAK_SECONDS",
    "FAILURES_TO_BREAK",
    "Package",
    "Pool",
    "PoolLimits",
    "PooledProcess",
    "Tenant",
    "resident_mb",
]
