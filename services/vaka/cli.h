#pragma once

namespace vaka {

// Parses the command line and carries out its command. Returns the process's exit code: 0 done, 1
// failed with a line on standard error that says what and what to do, 2 wrong use.
int RunCli(int argc, char** argv);

}  // namespace vaka
