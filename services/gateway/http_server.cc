#include "services/gateway/http_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "services/gateway/http_session.h"

namespace vaka::gateway {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr absl::Duration kStopWithin = absl::Seconds(1);

absl::StatusOr<Tcp::endpoint> Parse(const std::string& address) {
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("http address \"", address, "\": must be <ip address>:<port>"));
  }
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  if (host == "localhost") host = "127.0.0.1";
  Error failed;
  const auto ip = asio::ip::make_address(std::string(host), failed);
  if (failed) {
    return absl::InvalidArgumentError(
        absl::StrCat("http address \"", address, "\": ", failed.message()));
  }
  return Tcp::endpoint(ip, static_cast<uint16_t>(port));
}

std::string Name(const Tcp::endpoint& endpoint) {
  const std::string ip = endpoint.address().to_string();
  return endpoint.address().is_v6() ? absl::StrCat("[", ip, "]:", endpoint.port())
                                    : absl::StrCat(ip, ":", endpoint.port());
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(HttpOptions options, HttpHandler& handler, Metrics& metrics)
      : options_(std::move(options)),
        handler_(handler),
        metrics_(metrics),
        ios_(NewIos(options_.threads)) {}

  absl::Status Start();
  void Close();
  void Stop();
  const std::string& address() const { return address_; }

 private:
  using Io = std::shared_ptr<asio::io_context>;

  static std::vector<Io> NewIos(int threads) {
    std::vector<Io> ios;
    for (int i = 0; i < std::max(threads, 1); ++i)
      ios.push_back(std::make_shared<asio::io_context>(/*concurrency_hint=*/1));
    return ios;
  }

  void Accept();
  void Take(const Io& io, Tcp::socket socket);
  // Whether one more connection of an address is within bounds, if need be in place of `loser`,
  // which is to be closed; counts it in any case.
  bool Enter(const std::string& address, bool trusted, const std::shared_ptr<HttpSession>& session,
             std::shared_ptr<HttpSession>* loser) ABSL_LOCKS_EXCLUDED(mu_);
  void Leave(const std::string& address, const HttpSession* session) ABSL_LOCKS_EXCLUDED(mu_);
  // A connection within no request, of the address that has most and more than `than`; or none.
  std::shared_ptr<HttpSession> FindLoser(size_t than) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Empty() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return open_ == 0; }

  const HttpOptions options_;
  HttpHandler& handler_;
  Metrics& metrics_;
  // Each is run by one thread and has every so many of the connections: one that is written to from
  // all threads in turn costs more in locks than it gains.
  const std::vector<Io> ios_;
  Tcp::acceptor acceptor_{*ios_.front()};
  asio::steady_timer again_{acceptor_.get_executor()};
  size_t next_ = 0;  // whose the next connection is
  std::string address_;
  std::vector<std::thread> threads_;

  absl::Mutex mu_;
  using Sessions = std::map<const HttpSession*, std::weak_ptr<HttpSession>>;
  std::map<std::string, Sessions> sessions_ ABSL_GUARDED_BY(mu_);  // by address, none empty
  size_t open_ ABSL_GUARDED_BY(mu_) = 0;                           // in all of them
};

absl::Status HttpServer::Impl::Start() {
  VAKA_ASSIGN(const Tcp::endpoint endpoint, Parse(options_.address));
  if (!endpoint.address().is_loopback() && !options_.behind_tls_proxy) {
    return absl::FailedPreconditionError(absl::StrCat(
        "http address ", options_.address,
        ": is not loopback; put a proxy that ends TLS in front and say so, or use 127.0.0.1"));
  }
  Error failed;
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(Tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    return absl::UnavailableError(
        absl::StrCat("HTTP cannot listen on ", options_.address, ": ", failed.message()));
  }
  address_ = Name(acceptor_.local_endpoint());
  Accept();
  for (const Io& io : ios_) {
    threads_.emplace_back([io] {
      const auto busy = asio::make_work_guard(*io);
      io->run();
    });
  }
  return absl::OkStatus();
}

void HttpServer::Impl::Close() {
  if (threads_.empty()) return;
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    Error ignored;
    self->acceptor_.close(ignored);
    self->again_.cancel();
  });
  std::vector<std::shared_ptr<HttpSession>> open;  // let go of after the lock
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [address, sessions] : sessions_) {
      for (const auto& [key, weak] : sessions) open.push_back(weak.lock());
    }
  }
  for (const auto& session : open) {
    if (session != nullptr) session->Close();
  }
  open.clear();
  {
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(this, &Impl::Empty), kStopWithin);
  }
}

void HttpServer::Impl::Stop() {
  if (threads_.empty()) return;
  Close();
  for (const Io& io : ios_) io->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  // Handlers that are still queued hold their sessions; running them lets go of these.
  for (const Io& io : ios_) {
    io->restart();
    io->poll();
  }
}

void HttpServer::Impl::Accept() {
  const Io& io = ios_[next_++ % ios_.size()];
  acceptor_.async_accept(*io, [self = shared_from_this(), io](Error error, Tcp::socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (!error) {
      self->Take(io, std::move(socket));
      return self->Accept();
    }
    // Mostly: no file descriptors left. Trying again at once would only burn
    // the processor.
    LogError("gateway", "cannot accept a connection: ", error.message());
    self->again_.expires_after(std::chrono::milliseconds(100));
    self->again_.async_wait([self](Error stopped) {
      if (!stopped) self->Accept();
    });
  });
}

void HttpServer::Impl::Take(const Io& io, Tcp::socket socket) {
  Error failed;
  const Tcp::endpoint peer = socket.remote_endpoint(failed);
  if (failed) return;  // gone already
  const std::string remote = peer.address().to_string();
  const std::string counted = LimitKey(remote);
  auto key = std::make_shared<const HttpSession*>(nullptr);
  auto session = std::make_shared<HttpSession>(io, std::move(socket), options_, handler_, remote,
                                               [weak = weak_from_this(), counted, key] {
                                                 if (const auto self = weak.lock())
                                                   self->Leave(counted, *key);
                                               });
  *key = session.get();
  std::shared_ptr<HttpSession> loser;
  const bool entered = Enter(counted, options_.proxies.Trusts(remote), session, &loser);
  if (loser != nullptr) {
    metrics_.Refused(Refusal::kConnections);
    loser->Close();
  }
  if (entered) return session->Start();
  session->Refuse(handler_.Broken(429, "too many connections"));
}

bool HttpServer::Impl::Enter(const std::string& address, bool trusted,
                             const std::shared_ptr<HttpSession>& session,
                             std::shared_ptr<HttpSession>* loser) {
  metrics_.ConnectionOpened();
  absl::MutexLock lock(&mu_);
  Sessions& own = sessions_[address];
  own.emplace(session.get(), session);
  ++open_;
  if (!trusted && own.size() > options_.connections_per_address) return false;
  if (open_ <= options_.connections) return true;
  *loser = FindLoser(own.size());
  return *loser != nullptr;
}

std::shared_ptr<HttpSession> HttpServer::Impl::FindLoser(size_t than) {
  const Sessions* most = nullptr;
  for (const auto& [address, sessions] : sessions_) {
    if (sessions.size() > than && (most == nullptr || sessions.size() > most->size())) {
      most = &sessions;
    }
  }
  if (most == nullptr) return nullptr;
  for (const auto& [key, weak] : *most) {
    // A session leaves the map before it is gone; to let go of one here could end it under the
    // lock.
    if (!key->waiting()) continue;
    if (auto session = weak.lock(); session != nullptr && session->GiveUp()) return session;
  }
  return nullptr;
}

void HttpServer::Impl::Leave(const std::string& address, const HttpSession* session) {
  metrics_.ConnectionClosed();
  absl::MutexLock lock(&mu_);
  const auto own = sessions_.find(address);
  if (own == sessions_.end()) return;
  open_ -= own->second.erase(session);
  if (own->second.empty()) sessions_.erase(own);
}

HttpServer::HttpServer(HttpOptions options, HttpHandler& handler, Metrics& metrics)
    : impl_(std::make_shared<Impl>(std::move(options), handler, metrics)) {}

HttpServer::~HttpServer() { Stop(); }

absl::Status HttpServer::Start() { return impl_->Start(); }
void HttpServer::Close() { impl_->Close(); }
void HttpServer::Stop() { impl_->Stop(); }
const std::string& HttpServer::address() const { return impl_->address(); }

}  // namespace vaka::gateway
