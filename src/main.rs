//! The `flowc` binary: hands the command line to [`flowc::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    flowc::cli::main()
}
