#include "tests/fault/house/house.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/vaka/keys.h"
#include "services/vaka/options.h"
#include "services/vaka/store.h"
#include "tests/fault/house/ports.h"
#include "tests/fault/judge/history.h"

namespace vaka::fault {
namespace {

constexpr int kSetsOfAddresses = 3;
// Followers and gateway meet a process that was away again after at most this.
constexpr int kLongestReconnectMs = 500;

std::string NameOfOption(const std::string& argument) {
  return argument.substr(0, argument.find('='));
}

}  // namespace

std::vector<HouseProcess::Plan> AllInOne() { return {{.name = "vaka", .targets = {"all"}}}; }

std::vector<HouseProcess::Plan> OnePerTarget(const std::map<std::string, int>& replicas) {
  std::vector<HouseProcess::Plan> plans;
  for (const std::string& target : AllTargets()) {
    const auto wanted = replicas.find(target);
    const int count = wanted == replicas.end() ? 1 : wanted->second;
    for (int i = 1; i <= count; ++i) {
      plans.push_back(
          {.name = i == 1 ? target : absl::StrCat(target, "-", i), .targets = {target}});
    }
  }
  return plans;
}

House::House(HouseOptions options, History& history)
    : options_(std::move(options)),
      history_(history),
      redis_(options_.redis.empty() && !options_.own_redis ? std::make_unique<redis::TestRedis>()
                                                           : nullptr),
      redis_url_(options_.own_redis       ? PrivateRedisUrl(folder_.path())
                 : options_.redis.empty() ? redis_->url()
                                          : options_.redis),
      providers_(history, clock_),
      town_(options_.town) {
  for (std::string& secret : town_.Personal()) history_.Secret(std::move(secret));
}

House::~House() { Stop(); }

void House::ChooseAddresses() {
  http_ = absl::StrCat("127.0.0.1:", UnusedPort());
  for (const HouseProcess::Plan& plan : options_.processes)
    addresses_[plan.name] = absl::StrCat("127.0.0.1:", UnusedPort());
  absl::MutexLock lock(&mu_);
  channels_.clear();
}

// The first process that runs each target, for the gateway.
std::string House::Peers() const {
  std::map<std::string, std::string> peers = options_.peers;
  for (const HouseProcess::Plan& plan : options_.processes) {
    for (const std::string& target : plan.targets) peers.emplace(target, addresses_.at(plan.name));
  }
  return absl::StrJoin(peers, ",", absl::PairFormatter("="));
}

std::vector<std::string> House::ArgumentsOf(const HouseProcess::Plan& plan) const {
  std::vector<std::string> own = {
      "--target=" + absl::StrJoin(plan.targets, ","),
      "--data=" + data(),
      "--grpc=" + addresses_.at(plan.name),
      "--http=" + http_,
      "--public-url=http://" + http_,
      "--metrics=127.0.0.1:0",
      "--smtp=" + providers_.mail_url(),
      "--sms=" + providers_.sms_url(),
      "--peer=" + Peers(),
  };
  if (!options_.own_redis) own.push_back("--redis=" + redis_url_);
  if (!options_.bus.empty()) own.push_back("--bus=" + options_.bus);
  std::vector<std::string> more = plan.arguments;
  more.insert(more.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<std::string> all = {"run"};
  for (const std::string& argument : own) {
    const bool replaced = std::any_of(more.begin(), more.end(), [&](const std::string& other) {
      return NameOfOption(other) == NameOfOption(argument);
    });
    if (!replaced) all.push_back(argument);
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

absl::Status House::StartAll() {
  processes_.clear();
  for (const HouseProcess::Plan& plan : options_.processes) {
    HouseProcess::Plan with = plan;
    with.environment.insert(with.environment.end(), options_.environment.begin(),
                            options_.environment.end());
    for (const char* own : {"VAKA_SMS_USER=sink", "VAKA_SMS_PASSWORD=sink"})
      with.environment.emplace_back(own);
    processes_.push_back(
        std::make_unique<HouseProcess>(std::move(with), ArgumentsOf(plan), history_));
    VAKA_RETURN_IF_ERROR(processes_.back()->StartOnce());
  }
  return absl::OkStatus();
}

absl::Status House::StartProcesses() {
  VAKA_RETURN_IF_ERROR(providers_.Start());
  std::filesystem::create_directories(data() + "/keys");
  VAKA_RETURN_IF_ERROR(LoadTokens(data() + "/keys").status());
  absl::Status status;
  // Another set when somebody took one of the ports in between.
  for (int tries = 0; tries < kSetsOfAddresses; ++tries) {
    ChooseAddresses();
    status = StartAll();
    if (!absl::StrContains(status.message(), "taken")) return status;
  }
  return status;
}

absl::Status House::Start() {
  VAKA_RETURN_IF_ERROR(StartProcesses());
  Caller caller = NewCaller("town");
  return town_.Build(caller, clock_.Now());
}

void House::Stop() {
  for (auto process = processes_.rbegin(); process != processes_.rend(); ++process) {
    (*process)->Close();
  }
  for (const auto& process : processes_) process->HandLines();
  providers_.StopMail();
  providers_.StopSms();
}

absl::Status House::OpenStoppedRedis() {
  if (!options_.own_redis || stopped_redis_ != nullptr) return absl::OkStatus();
  VAKA_ASSIGN(stopped_redis_, redis::RedisServer::Start({.folder = data() + "/redis"}, clock_));
  return absl::OkStatus();
}

HouseProcess& House::process(const std::string& name) {
  for (const auto& process : processes_) {
    if (process->name() == name) return *process;
  }
  LogError("test", "the house has no process ", name);
  std::abort();
}

std::vector<HouseProcess*> House::Serving(const std::string& target) {
  std::vector<HouseProcess*> serving;
  for (const auto& process : processes_) {
    if (process->Has(target)) serving.push_back(process.get());
  }
  if (serving.empty()) {
    LogError("test", "the house has no ", target);
    std::abort();
  }
  return serving;
}

std::string House::grpc_address(const std::string& target, uint64_t replica) {
  const std::vector<HouseProcess*> serving = Serving(target);
  return addresses_.at(serving[replica % serving.size()]->name());
}

std::shared_ptr<grpc::Channel> House::channel(const std::string& target, uint64_t replica) {
  const std::string address = grpc_address(target, replica);
  absl::MutexLock lock(&mu_);
  std::shared_ptr<grpc::Channel>& channel = channels_[address];
  if (channel == nullptr) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMs);
    channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  }
  return channel;
}

std::string House::Authorization(const As& as) {
  if (as.role == options::v1::ROLE_UNSPECIFIED) return "";
  absl::MutexLock lock(&mu_);
  std::string& token = tokens_[absl::StrCat(as.role, "/", as.person, "/", as.agency)];
  if (token.empty()) {
    gateway::v1::Identity identity;
    identity.set_kommun(kKommun);
    identity.set_person(as.person);
    identity.set_agency(as.agency);
    identity.add_roles(as.role);
    *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(12));
    token = "Bearer " + LoadTokens(data() + "/keys")->Mint(identity);
  }
  return token;
}

}  // namespace vaka::fault
