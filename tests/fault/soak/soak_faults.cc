#include "tests/fault/soak/soak_faults.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stop_token>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status.h"
#include "tests/fault/judge/history.h"

namespace vaka::fault {
namespace {

constexpr ptrdiff_t kLastLines = 20;
constexpr absl::Duration kStopsWithin = absl::Seconds(6);  // 5 s, and what a busy machine adds

// For as long as it lives, in the history.
class Recorded final {
 public:
  Recorded(History& history, absl::string_view kind, absl::string_view target)
      : history_(history), number_(history.FaultBegins(kind, target)) {}
  ~Recorded() { history_.FaultEnds(number_); }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

 private:
  History& history_;
  const size_t number_;
};

}  // namespace

SoakFaults::SoakFaults(House& house, uint64_t seed) : house_(house), random_(seed) {}

absl::Status SoakFaults::Next() {
  struct Kind {
    const char* name;
    absl::Status (SoakFaults::*make)();
  };
  // Killing is what this is most about.
  static constexpr Kind kKinds[] = {
      {"kill", &SoakFaults::KillOne},           {"kill", &SoakFaults::KillOne},
      {"kill", &SoakFaults::KillOne},           {"end", &SoakFaults::EndOne},
      {"freeze", &SoakFaults::FreezeOne},       {"redis_kill", &SoakFaults::KillRedis},
      {"redis_pause", &SoakFaults::PauseRedis}, {"mail_refuses", &SoakFaults::RefuseMail},
      {"mail_away", &SoakFaults::StopMail},     {"sms_refuses", &SoakFaults::RefuseSms}};
  const Kind& kind = kKinds[random_() % std::size(kKinds)];
  ++counts_[kind.name];
  return (this->*kind.make)();
}

HouseProcess& SoakFaults::AnyProcess() {
  std::vector<HouseProcess*> mortal;
  for (const auto& process : house_.processes()) {
    if (!absl::EndsWith(process->name(), "-2")) mortal.push_back(process.get());
  }
  return *mortal[random_() % mortal.size()];
}

void SoakFaults::Last(absl::Duration at_most) {
  house_.clock().SleepFor(at_most * std::uniform_real_distribution<double>(0.1, 1)(random_),
                          std::stop_token());
}

absl::Status SoakFaults::KillOne() {
  HouseProcess& process = AnyProcess();
  process.Kill();
  Last(absl::Seconds(3));
  return process.Start();
}

absl::Status SoakFaults::EndOne() {
  HouseProcess& process = AnyProcess();
  const HouseProcess::End end = process.Terminate();
  const std::vector<std::string> said = process.lines();
  VAKA_RETURN_IF_ERROR(process.Start());
  if (end.code == 0 && end.took <= kStopsWithin) return absl::OkStatus();
  const auto last = said.end() - std::min(kLastLines, said.end() - said.begin());
  return absl::InternalError(absl::StrCat(process.name(), " ended with ", end.code, " after ",
                                          absl::FormatDuration(end.took), "; it said last:\n",
                                          absl::StrJoin(last, said.end(), "\n")));
}

absl::Status SoakFaults::FreezeOne() {
  HouseProcess& process = AnyProcess();
  process.Freeze();
  Last(absl::Seconds(4));
  process.Thaw();
  return absl::OkStatus();
}

absl::Status SoakFaults::KillRedis() {
  Recorded recorded(house_.history(), "kill -9", "redis");
  house_.redis().KillAndWaitUntilBack();
  return absl::OkStatus();
}

absl::Status SoakFaults::PauseRedis() {
  Recorded recorded(house_.history(), "pause", "redis");
  house_.redis().Freeze();
  Last(absl::Seconds(2));
  house_.redis().Thaw();
  return absl::OkStatus();
}

absl::Status SoakFaults::RefuseMail() {
  Recorded recorded(house_.history(), "451 at the recipient", "mail server");
  house_.providers().SetMail([](sink::SmtpStage stage, const std::string&) {
    if (stage != sink::SmtpStage::kRecipient) return sink::SmtpAction{};
    return sink::SmtpAction{sink::SmtpAction::kReply, "451 4.3.0 try later"};
  });
  Last(absl::Seconds(5));
  house_.providers().SetMail({});
  return absl::OkStatus();
}

absl::Status SoakFaults::StopMail() {
  Recorded recorded(house_.history(), "away", "mail server");
  house_.providers().StopMail();
  Last(absl::Seconds(5));
  return house_.providers().StartMail();
}

absl::Status SoakFaults::RefuseSms() {
  Recorded recorded(house_.history(), "HTTP 500", "SMS gateway");
  house_.providers().SetSms([](const std::string&) {
    sink::SmsVerdict verdict;
    verdict.status = 500;
    return verdict;
  });
  Last(absl::Seconds(5));
  house_.providers().SetSms({});
  return absl::OkStatus();
}

}  // namespace vaka::fault
