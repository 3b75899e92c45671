"""Pool Manager: warm Player processes, each a machine of chart 2 (docs/pool.md)."""

from harmony.pit.pool.limits import PoolLimits
from harmony.pit.pool.memory import resident_mb
from harmony.pit.pool.package import Package
from harmony.pit.pool.pool import Pool
from harmony.pit.pool.process import PooledProcess
from harmony.pit.pool.report import PoolReport
from harmony.pit.pool.starts import BREAK_SECONDS, FAILURES_TO_BREAK
from harmony.pit.pool.tenant import Tenant
from harmony.pit.pool.warming import LookAhead, Step, Wish

__all__ = [
    "BREAK_SECONDS",
    "FAILURES_TO_BREAK",
    "LookAhead",
    "Package",
    "Pool",
    "PoolLimits",
    "PoolReport",
    "PooledProcess",
    "Step",
    "Tenant",
    "Wish",
    "resident_mb",
]
