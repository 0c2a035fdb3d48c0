"""What no engine code may use, by name, with the reason.

Names are those behind imports: `np.random.rand` is `numpy.random.rand`, whatever numpy is called in a module. A name
that ends in a dot stands for all that is below it.
"""

CLOCK = "reads the host clock, or waits by it"
DRAWN = "differs between runs"
HOST = "differs between machines or accounts"
THREADS = "runs beside the engine, in whatever order the machine chooses"
LISTING = "comes in the order of the file system; sort it"
COMPLETION = "comes in the order in which tasks end"
DIGITS = "differs in the last digit between machines (BLAS, SIMD, libm)"

MODULES = {
    "time": CLOCK,
    "locale": HOST,
    "platform": HOST,
    "socket": HOST,
    "getpass": HOST,
    "resource": HOST,
    "tempfile": DRAWN,
    "secrets": DRAWN,
    "threading": THREADS,
    "_thread": THREADS,
    "multiprocessing": THREADS,
    "concurrent.futures": THREADS,
}
"""Not to be imported at all. A waiver on the import speaks for the module that imports."""

NAMES = {
    "tidegate.runtime.host_clock.now_s": CLOCK,
    "datetime.datetime.now": CLOCK,
    "datetime.datetime.utcnow": CLOCK,
    "datetime.datetime.today": CLOCK,
    "datetime.date.today": CLOCK,
    "anyio.current_time": CLOCK,
    "anyio.sleep": CLOCK,
    "anyio.sleep_until": CLOCK,
    "anyio.move_on_after": CLOCK,
    "anyio.move_on_at": CLOCK,
    "anyio.fail_after": CLOCK,
    "anyio.fail_at": CLOCK,
    "asyncio.sleep": CLOCK,
    "asyncio.wait_for": CLOCK,
    "asyncio.timeout": CLOCK,
    "asyncio.timeout_at": CLOCK,
    "asyncio.wait": COMPLETION,
    "asyncio.as_completed": COMPLETION,
    "asyncio.to_thread": THREADS,
    "anyio.to_thread": THREADS,
    "anyio.to_process": THREADS,
    "anyio.from_thread": THREADS,
    "random.": DRAWN,
    "numpy.random.": DRAWN,
    "uuid.uuid1": DRAWN,
    "uuid.uuid4": DRAWN,
    "uuid.uuid6": DRAWN,
    "uuid.uuid7": DRAWN,
    "uuid.getnode": HOST,
    "os.urandom": DRAWN,
    "os.getrandom": DRAWN,
    "os.getpid": DRAWN,
    "os.getppid": DRAWN,
    "os.environ": HOST,
    "os.environb": HOST,
    "os.getenv": HOST,
    "os.getlogin": HOST,
    "os.uname": HOST,
    "os.cpu_count": HOST,
    "os.process_cpu_count": HOST,
    "os.times": CLOCK,
    "os.getloadavg": HOST,
    "os.path.getmtime": CLOCK,
    "os.path.getctime": CLOCK,
    "os.path.getatime": CLOCK,
    "os.path.expanduser": HOST,
    "os.path.expandvars": HOST,
    "pathlib.Path.home": HOST,
    "numpy.dot": DIGITS,
    "numpy.vdot": DIGITS,
    "numpy.inner": DIGITS,
    "numpy.matmul": DIGITS,
    "numpy.tensordot": DIGITS,
    "numpy.einsum": DIGITS,
    "numpy.linalg.": DIGITS,
    "numpy.cov": DIGITS,
    "numpy.corrcoef": DIGITS,
    "numpy.polyfit": DIGITS,
    **{f"numpy.{name}": DIGITS for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "cbrt")},
    **{f"numpy.{name}": DIGITS for name in ("sin", "cos", "tan", "arctan", "arctan2", "tanh", "hypot", "float_power")},
    **{f"math.{name}": DIGITS for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt")},
    **{f"math.{name}": DIGITS for name in ("sin", "cos", "tan", "atan", "atan2", "tanh", "hypot", "gamma", "erf")},
}
"""Not to be used, called or not."""

SEEDED = (
    "random.Random",
    "numpy.random.default_rng",
    "numpy.random.RandomState",
    "numpy.random.SeedSequence",
    *(f"numpy.random.{name}" for name in ("PCG64", "PCG64DXSM", "Philox", "MT19937", "SFC64")),
)
"""Allowed where they are given a seed."""
TAKES_SEEDED = ("numpy.random.Generator", "numpy.random.BitGenerator")
"""Allowed: what they draw from has been judged already."""

LISTINGS = {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}
LISTING_METHODS = {"iterdir", "glob", "rglob", "scandir"}
"""Allowed inside `sorted`, and wherever order does not matter."""

METHODS = {
    "run_in_executor": THREADS,
    "call_later": CLOCK,
    "call_at": CLOCK,
    "expanduser": HOST,
    "__subclasses__": "comes in the order in which modules were loaded",
    "__hash__": "differs between processes",
}
"""Not to be called on anything."""

ATTRIBUTES = {
    **dict.fromkeys(("st_mtime", "st_mtime_ns", "st_ctime", "st_ctime_ns", "st_atime", "st_atime_ns"), CLOCK),
    **dict.fromkeys(("st_ino", "st_dev"), HOST),
}
"""Not to be read of anything."""

IMPORTERS = {"__import__", "importlib.import_module"}
"""Calls that import what their first argument names."""

BUILTINS = {
    "hash": "differs between processes",
    "id": "is an address, which differs between runs: neither key nor order",
}
"""Not to be used, called or not (`key=id`)."""

FLOAT_REDUCTIONS = {
    "sum", "mean", "std", "var", "dot", "cum_sum", "ewm_mean", "ewm_std", "ewm_var", "rolling_sum", "rolling_mean",
    "rolling_std", "rolling_var", "corr", "cov", "skew", "kurtosis", "product", "cum_prod", "sum_horizontal",
    "mean_horizontal",
}  # fmt: skip
"""Of Polars, which adds in as many parts as there are threads."""
UNORDERED = {"group_by": "maintain_order", "unique": "maintain_order", "join": "maintain_order"}
"""Methods of Polars whose rows come in any order unless this is given; `unique` is one of nothing else here."""
UNSTABLE = {"sort": "maintain_order", "sort_by": "maintain_order"}
"""Equal rows come in any order unless this is given."""
SAMPLING = {"sample", "shuffle"}
"""Methods of Polars that want a seed."""
HASHING = {"hash", "hash_rows", "value_counts", "top_k", "bottom_k", "approx_n_unique"}
"""Methods of Polars whose result or order is not told by their input."""

LOCAL_LETTERS = "aAbBcxXp"
"""Of `strftime`: the locale's words."""
LOCAL_TIMES = ("datetime.datetime.fromtimestamp", "datetime.date.fromtimestamp")
"""In the machine's time zone, where none is given."""
