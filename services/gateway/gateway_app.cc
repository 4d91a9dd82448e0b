#include "services/gateway/gateway_app.h"

#include "libs/base/status.h"
#include "libs/fold/follower.h"
#include "libs/runtime/periodic.h"
#include "services/gateway/config_fold.h"
#include "services/gateway/delivery_listener.h"
#include "services/gateway/live_http.h"
#include "services/gateway/live_service.h"
#include "services/gateway/session_service.h"

namespace vaka::gateway {
namespace {

constexpr char kWatch[] = "/vaka.gateway.v1.LiveService/Watch";

fold::FollowerOptions FollowerOptionsOf() {
  fold::FollowerOptions options;
  options.name = "gateway";
  options.schema = ConfigFold::kSchema;
  return options;
}

}  // namespace

// Wiring. Members are in the order of who needs whom; they go in the opposite one.
class App::Impl {
 public:
  Impl(runtime::Host& host, Options options)
      : clock_(host.clock),
        tokens_(host.tokens),
        options_(std::move(options)),
        metrics_(host.metrics),
        follower_(
            FollowerOptionsOf(), [](const std::string&) { return std::make_unique<ConfigFold>(); },
            host.log, host.subscribe(), host.clock),
        hub_(host.log, host.clock, metrics_, options_.live),
        deliveries_(host.subscribe(), hub_, host.clock),
        beat_("gateway.beat", host.clock, options_.beat, [this](absl::Time) { hub_.Beat(); }),
        desk_(host.tokens, options_.demo_roles),
        session_service_(desk_, host.gate, metrics_),
        live_service_(hub_, host.gate, host.clock, metrics_),
        demo_service_(options_.phones, host.gate),
        upstream_(options_.channels),
        connect_(methods_, upstream_, options_.timeouts),
        live_http_(hub_, host.gate, host.clock, metrics_),
        sms_(host.tokens, upstream_, host.clock) {
    connect_.ServeHere(kWatch, [this](std::shared_ptr<HttpExchange> exchange, Codec codec,
                                      const std::string& request) {
      live_http_.Watch(std::move(exchange), codec, request);
    });
    follower_.OnApplied([this](const event::v1::Event& event) { hub_.OnFact(event); });
  }

  absl::Status Start() {
    VAKA_ASSIGN(files_, StaticFiles::Load(options_.static_dir));
    VAKA_RETURN_IF_ERROR(follower_.Start());
    for (const std::string& kommun : follower_.Municipalities()) {
      VAKA_RETURN_IF_ERROR(follower_.Read(
          kommun, 0, absl::InfiniteFuture(), [&](const fold::Fold& fold, uint64_t position) {
            hub_.Seed(kommun, position, static_cast<const ConfigFold&>(fold).home_burglaries());
          }));
    }
    hub_.GoLive();
    hub_.Start();
    deliveries_.Start();
    beat_.Start();
    front_ = std::make_unique<Front>(Front::Deps{connect_, files_, sms_, tokens_, clock_, metrics_},
                                     options_.limits);
    http_ = std::make_unique<HttpServer>(options_.http, *front_, metrics_);
    VAKA_RETURN_IF_ERROR(http_->Start());
    front_->SetReady(true);
    return absl::OkStatus();
  }

  void Stop() {
    if (front_ != nullptr) front_->SetReady(false);
    hub_.Stop();
    if (http_ != nullptr) http_->Close();
    upstream_.AwaitIdle(absl::Seconds(1));  // the callers are gone, so the calls are cancelled
    if (http_ != nullptr) http_->Stop();
    beat_.Stop();
    deliveries_.Stop();
    follower_.Stop();
  }

  std::vector<grpc::Service*> services() {
    return {&session_service_, &live_service_, &demo_service_};
  }
  fold::Follower& follower() { return follower_; }
  const std::string& http_address() const { return http_->address(); }

 private:
  Clock& clock_;
  const rpc::Tokens& tokens_;
  const Options options_;
  const rpc::MethodTable methods_;
  Metrics metrics_;
  fold::Follower follower_;
  LiveHub hub_;
  DeliveryListener deliveries_;
  runtime::Periodic beat_;
  SignInDesk desk_;
  SessionService session_service_;
  LiveService live_service_;
  DemoService demo_service_;
  Upstream upstream_;
  ConnectHandler connect_;
  LiveHttp live_http_;
  SmsHook sms_;
  StaticFiles files_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<HttpServer> http_;
};

App::App(runtime::Host& host, Options options)
    : impl_(std::make_unique<Impl>(host, std::move(options))) {}

App::~App() { impl_->Stop(); }

absl::Status App::Start() { return impl_->Start(); }
void App::Stop() { impl_->Stop(); }
std::vector<grpc::Service*> App::services() { return impl_->services(); }
std::vector<fold::Follower*> App::followers() { return {&impl_->follower()}; }
const std::string& App::http_address() const { return impl_->http_address(); }

}  // namespace vaka::gateway
