"""DAG Tracker: which tasks a run has, where each stands (chart 9), and what may go next."""
