//! The command line through the binary.
