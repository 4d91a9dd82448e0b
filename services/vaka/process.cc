#include "services/vaka/process.h"

#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/bus/context.h"
#include "libs/bus/forwarder.h"
#include "libs/bus/publisher.h"
#include "libs/bus/receiver.h"
#include "libs/redis/redis_server.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/gate.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls_keys.h"
#include "libs/vault/vault.h"
#include "services/gateway/gateway_app.h"
#include "services/vaka/backup_keys.h"
#include "services/vaka/demo_part.h"
#include "services/vaka/file_limit.h"
#include "services/vaka/inspect_service.h"
#include "services/vaka/keys.h"
#include "services/vaka/process_metrics.h"
#include "services/vaka/store.h"
#include "services/vaka/wiring.h"

namespace vaka {
namespace {

// The target that serves an rpc service: "vaka.est.v1.EstService" is est's.
std::string TargetOf(const std::string& service) {
  const std::vector<std::string> parts = absl::StrSplit(service, '.');
  return parts.size() > 1 ? parts[1] : service;
}

absl::StatusOr<std::map<std::string, std::string>> ParsePeers(
    const std::vector<std::string>& peers) {
  std::map<std::string, std::string> out;
  for (const std::string& peer : peers) {
    const std::vector<std::string> parts = absl::StrSplit(peer, absl::MaxSplits('=', 1));
    if (parts.size() != 2 || parts[1].empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--peer: \"", peer, "\" is no target=address"));
    }
    out[parts[0]] = parts[1];
  }
  return out;
}

}  // namespace

// Members in the order in which they are made; each uses only what stands above it.
class Process::Impl {
 public:
  explicit Impl(RunOptions options) : options_(std::move(options)), lifecycle_(clock_) {}

  absl::Status Start() {
    for (const auto step :
         {&Impl::OpenFolder, &Impl::StartBus, &Impl::StartStore, &Impl::Wire, &Impl::StartTargets,
          &Impl::StartServers, &Impl::StartMetrics, &Impl::StartDemo}) {
      if (absl::Status status = (this->*step)(); !status.ok()) {
        (void)Stop();
        return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Stop() { return lifecycle_.Stop(); }

  std::string http_address() const { return gateway_ == nullptr ? "" : gateway_->http_address(); }
  std::string grpc_address() const { return server_ == nullptr ? "" : server_->address(); }
  std::string metrics_address() const { return metrics_address_; }

  std::string ReadyText() const {
    std::string text =
        absl::StrCat("Vaka runs ", absl::StrJoin(options_.targets, ","), ". gRPC ", grpc_address(),
                     ", metrics http://", metrics_address_, "/metrics");
    if (gateway_ == nullptr) return text;
    text = absl::StrCat(
        "Vaka is ready at http://", http_address(), " (gRPC ", grpc_address(), ", metrics ",
        metrics_address_.empty() ? "none" : absl::StrCat(metrics_address_, "/metrics"), ")");
    if (demo_ != nullptr) {
      absl::StrAppend(&text, "  –  sign in as ");
      const std::vector<gateway::v1::DemoRole> roles = demo_->Roles();
      absl::StrAppend(
          &text,
          absl::StrJoin(roles, ", ", [](std::string* out, const gateway::v1::DemoRole& role) {
            absl::StrAppend(out, role.label_en(), " (code ", role.code(), ")");
          }));
    }
    return text;
  }

 private:
  absl::Status OpenFolder() {
    // The last step of all.
    Undo("metrics", [this] {
      if (closing_exposer_.joinable()) closing_exposer_.join();
    });
    if (options_.targets.empty()) return absl::InvalidArgumentError("--target: name at least one");
    std::error_code error;
    for (const std::string& folder : {options_.store.data + "/run", options_.store.KeysFolder()}) {
      std::filesystem::create_directories(folder, error);
    }
    if (error && !std::filesystem::exists(options_.store.data)) {
      return absl::FailedPreconditionError(
          absl::StrCat("--data: cannot make ", options_.store.data, ": ", error.message()));
    }
    VAKA_ASSIGN(peers_, ParsePeers(options_.peers));
    VAKA_ASSIGN(tokens_, LoadTokens(options_.store.KeysFolder()));
    VAKA_ASSIGN(bus_addresses_, BusOf(options_));
    return absl::OkStatus();
  }

  absl::Status StartBus() {
    if (const absl::StatusOr<bus::Keys> keys = bus::LoadKeys(options_.store.KeysFolder() + "/bus");
        keys.ok())
      bus_keys_ = *keys;
    if (options_.Has("bus")) {
      bus::Forwarder::Options forwarder;
      forwarder.publish_addresses = {bus_addresses_.in};
      forwarder.subscribe_addresses = {bus_addresses_.out};
      forwarder.keys = bus_keys_;
      forwarder_ =
          std::make_unique<bus::Forwarder>(bus_context_, std::move(forwarder), bus_counters_);
      VAKA_RETURN_IF_ERROR(forwarder_->Start());
      Undo("bus", [this] { forwarder_->Stop(); });
    }
    if (!RunsServices()) return absl::OkStatus();
    bus::Publisher::Options publisher;
    publisher.forwarders = {bus_addresses_.in};
    publisher.keys = bus_keys_;
    VAKA_ASSIGN(publisher_,
                bus::Publisher::Connect(bus_context_, std::move(publisher), bus_counters_));
    bus::Subscriber::Options subscriber;
    subscriber.forwarders = {bus_addresses_.out};
    subscriber.keys = bus_keys_;
    VAKA_ASSIGN(receiver_,
                bus::Receiver::Start(bus_context_, std::move(subscriber), bus_counters_));
    Undo("bus receiver", [this] { receiver_->Stop(); });
    return absl::OkStatus();
  }

  absl::Status StartStore() {
    if (!RunsServices()) return absl::OkStatus();
    if (options_.store.redis.empty()) {
      VAKA_ASSIGN(redis_,
                  redis::RedisServer::Start({.folder = options_.store.data + "/redis"}, clock_));
      Undo("redis", [this] { redis_->Stop(); });
      options_.store.redis = redis_->url();
    }
    const auto publish = [this](const std::string& kommun, log::Stream stream, uint64_t first,
                                const std::vector<std::string>& facts) {
      publisher_->Publish(kommun, stream, first, facts);
    };
    const auto trouble = [this] { return redis_ == nullptr ? "" : redis_->Trouble(); };
    VAKA_ASSIGN(store_, OpenStore(options_.store, clock_, publish, trouble));
    VAKA_ASSIGN(std::string master_key,
                LoadMasterKey(*store_->redis, clock_, options_.store.KeysFolder()));
    vault_ = std::make_unique<vault::Vault>(*store_->log, std::move(master_key));
    gate_ = std::make_unique<rpc::Gate>(*tokens_, clock_, *registry_, rpc::Gate::Limits());
    host_ = std::make_unique<runtime::Host>(runtime::Host{
        .log = *store_->log,
        .redis = *store_->redis,
        .subscribe = [this] { return receiver_->Listen(); },
        .vault = *vault_,
        .tokens = *tokens_,
        .gate = *gate_,
        .clock = clock_,
        .metrics = *registry_,
        .public_url = options_.public_url.empty() ? "http://" + options_.http : options_.public_url,
        .publish = publish});
    return absl::OkStatus();
  }

  absl::Status Wire() {
    if (!RunsServices()) return absl::OkStatus();
    if (options_.demo) {
      VAKA_ASSIGN(demo_, DemoPart::Make(options_, *tokens_, clock_));
      VAKA_RETURN_IF_ERROR(demo_->StartSinks());
      Undo("demo", [this] { demo_->Stop(); });
    }
    VAKA_ASSIGN(targets_, MakeTargets(options_, *host_, demo_.get()));
    if (!options_.Has("gateway")) return absl::OkStatus();
    gateway::Options gateway;
    gateway.http.address = options_.http;
    absl::StatusOr<gateway::Peers> proxies = gateway::Peers::Parse(options_.trusted_proxies);
    if (!proxies.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--trusted-proxy: ", proxies.status().message()));
    }
    gateway.http.proxies = *std::move(proxies);
    gateway.http.connections = std::min(gateway.http.connections, RoomForConnections());
    gateway.static_dir = options_.static_dir;
    gateway.channels = [this](const std::string& service) { return ChannelTo(service); };
    if (demo_ != nullptr) {
      gateway.demo_roles = demo_->Roles();
      gateway.phones = [this] { return demo_->Phones(); };
    }
    gateway_ = std::make_unique<gateway::App>(*host_, std::move(gateway));
    return absl::OkStatus();
  }

  absl::Status StartTargets() {
    VAKA_RETURN_IF_ERROR(fold::Follower::Open(AllFollowers()));
    for (const auto& target : targets_) {
      VAKA_RETURN_IF_ERROR(target->Start());
      Undo(std::string(target->name()), [&target] { target->Stop(); });
    }
    return absl::OkStatus();
  }

  absl::Status StartServers() {
    std::vector<grpc::Service*> services;
    for (const auto& target : targets_) {
      if (target->service() != nullptr) services.push_back(target->service());
    }
    if (gateway_ != nullptr) {
      for (grpc::Service* service : gateway_->services()) services.push_back(service);
    }
    if (gate_ != nullptr) {
      inspect_ = std::make_unique<InspectService>(*gate_, Followers());
      services.push_back(inspect_.get());
    }
    const std::string tls = rpc::IsLocal(options_.grpc) ? "" : options_.store.KeysFolder() + "/tls";
    server_ = std::make_unique<rpc::Server>(
        rpc::ServerOptions{.address = options_.grpc, .key_dir = tls}, services);
    if (absl::Status status = server_->Start(); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat("--grpc: ", status.message()));
    }
    Undo("grpc", [this] { server_->Stop(); });
    if (gateway_ == nullptr) return absl::OkStatus();
    if (absl::Status status = gateway_->Start(); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat("--http: ", status.message()));
    }
    Undo("gateway", [this] { gateway_->Stop(); });
    return absl::OkStatus();
  }

  absl::Status StartMetrics() {
    if (options_.metrics == "none") return absl::OkStatus();
    if (!rpc::IsLocal(options_.metrics)) {
      return absl::FailedPreconditionError(
          absl::StrCat("--metrics: ", options_.metrics,
                       " is reached from other machines and would be plain text; "
                       "serve 127.0.0.1 and put TLS in front (deploy/tls/stunnel.conf)"));
    }
    try {
      exposer_ = std::make_unique<prometheus::Exposer>(options_.metrics, 1);
    } catch (const std::exception&) {  // what civetweb throws does not say why
      return absl::UnavailableError(
          absl::StrCat("--metrics: cannot serve on ", options_.metrics, ": is the port taken?"));
    }
    // The exposer's listening thread notices its end only when its wait of two seconds is over. It
    // ends beside all the others, which outlive it: see OpenFolder.
    Undo("metrics", [this] { closing_exposer_ = std::thread([this] { exposer_.reset(); }); });
    exposer_->RegisterCollectable(registry_);
    if (store_ != nullptr) {
      process_metrics_ =
          std::make_shared<ProcessMetrics>(*store_, bus_counters_, Followers(), clock_);
      exposer_->RegisterCollectable(process_metrics_);
    }
    const std::string host = options_.metrics.substr(0, options_.metrics.rfind(':'));
    metrics_address_ = absl::StrCat(host, ":", exposer_->GetListeningPorts().front());
    return absl::OkStatus();
  }

  absl::Status StartDemo() {
    if (demo_ == nullptr) return absl::OkStatus();
    return demo_->Load(server_->InProcess());
  }

  // Of everything that keeps a fold in this process.
  std::vector<fold::Follower*> AllFollowers() {
    std::vector<fold::Follower*> followers;
    const auto add = [&followers](runtime::Target& target) {
      for (fold::Follower* follower : target.followers()) followers.push_back(follower);
    };
    for (const auto& target : targets_) add(*target);
    if (gateway_ != nullptr) add(*gateway_);
    return followers;
  }

  std::vector<const fold::Follower*> Followers() {
    const std::vector<fold::Follower*> all = AllFollowers();
    return {all.begin(), all.end()};
  }

  // The bus alone needs neither store nor keys of the vault.
  bool RunsServices() const {
    return !(options_.targets.size() == 1 && options_.targets[0] == "bus");
  }

  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& service) {
    const std::string target = TargetOf(service);
    if (target == "gateway" || options_.Has(target)) return server_->InProcess();
    const auto peer = peers_.find(target);
    if (peer == peers_.end()) return nullptr;
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = rpc::Channel(
        peer->second, rpc::IsLocal(peer->second) ? "" : options_.store.KeysFolder() + "/tls");
    if (channel.ok()) return *channel;
    LogError("gateway", "--peer ", target, ": ", channel.status().message());
    return nullptr;
  }

  void Undo(std::string name, std::function<void()> undo) {
    lifecycle_.Push(std::move(name), [undo = std::move(undo)] {
      undo();
      return absl::OkStatus();
    });
  }

  RunOptions options_;
  SystemClock clock_;
  std::map<std::string, std::string> peers_;
  std::optional<rpc::Tokens> tokens_;
  std::shared_ptr<prometheus::Registry> registry_ =
      std::make_shared<prometheus::Registry>();  // shared with the exposer
  bus::Context bus_context_;
  bus::Counters bus_counters_;
  BusAddresses bus_addresses_;
  std::optional<bus::Keys> bus_keys_;
  std::unique_ptr<bus::Forwarder> forwarder_;
  std::unique_ptr<bus::Publisher> publisher_;
  std::unique_ptr<bus::Receiver> receiver_;
  std::unique_ptr<redis::RedisServer> redis_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<rpc::Gate> gate_;
  std::unique_ptr<runtime::Host> host_;
  std::unique_ptr<DemoPart> demo_;
  std::vector<std::unique_ptr<runtime::Target>> targets_;
  std::unique_ptr<gateway::App> gateway_;
  std::unique_ptr<InspectService> inspect_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<ProcessMetrics> process_metrics_;  // shared with the exposer
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::thread closing_exposer_;  // while the process stops
  std::string metrics_address_;
  runtime::Lifecycle lifecycle_;  // last: what it stops stands above
};

Process::Process(RunOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Process::~Process() { (void)impl_->Stop(); }
absl::Status Process::Start() { return impl_->Start(); }
absl::Status Process::Stop() { return impl_->Stop(); }
std::string Process::http_address() const { return impl_->http_address(); }
std::string Process::grpc_address() const { return impl_->grpc_address(); }
std::string Process::metrics_address() const { return impl_->metrics_address(); }
std::string Process::ReadyText() const { return impl_->ReadyText(); }

}  // namespace vaka
