use std::process::ExitCode;

fn main() -> ExitCode {
    openrebate::cli::run()
}
