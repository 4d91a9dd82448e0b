#include "services/vaka/run.h"

#include <cstdlib>
#include <iostream>

#include "libs/base/status.h"
#include "libs/runtime/signals.h"
#include "services/vaka/file_limit.h"
#include "services/vaka/process.h"

namespace vaka {

absl::Status Run(const RunOptions& options) {
  RaiseFileLimit();
  runtime::Signals signals;
  Process process(options);
  VAKA_RETURN_IF_ERROR(process.Start());
  std::cout << process.ReadyText() << std::endl;
  signals.Wait();
  std::cout << "Stopping…" << std::endl;
  const absl::Status stopped = process.Stop();
  // A step that was given up still runs a thread; leaving by return would destroy what it uses.
  if (absl::IsDeadlineExceeded(stopped)) std::_Exit(1);
  return stopped;
}

}  // namespace vaka
