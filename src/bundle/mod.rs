//! A composite for run time, without git.
