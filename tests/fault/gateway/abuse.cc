#include "tests/fault/gateway/abuse.h"

#include <random>

#include "absl/strings/str_cat.h"

namespace vaka::fault {
namespace {

constexpr char kReport[] = "/vaka.intake.v1.IntakeService/Report";
constexpr char kJson[] = "Content-Type: application/json\r\n";

}  // namespace

Abuse::Abuse(const std::string& gateway, uint64_t seed) : gateway_(gateway) {
  BeginToHold();
  BeginToSend(seed);
}

const Answers& Abuse::AnswersTo(const std::string& name) const {
  for (const auto& attack : attacks_) {
    if (attack->name() == name) return attack->answers();
  }
  std::abort();  // no such attack
}

std::string Abuse::Text() const {
  std::string text;
  for (const auto& attack : attacks_) {
    absl::StrAppend(&text, attack->name(), ": ", attack->answers().Text(), "\n");
  }
  return text;
}

std::string Abuse::NextAddress() { return absl::StrCat("127.0.0.", ++last_address_); }

void Abuse::Begin(const std::string& name, Attack::Crowd crowd) {
  attacks_.push_back(std::make_unique<Attack>(name, gateway_, NextAddress(), std::move(crowd)));
}

void Abuse::Begin(const std::string& name, std::function<std::string()> request) {
  attacks_.push_back(std::make_unique<Attack>(name, gateway_, NextAddress(), std::move(request)));
}

// Attacks that take time and room: nothing comes, or little by little, or nothing is taken.
void Abuse::BeginToHold() {
  Begin("idle", Attack::Crowd{.connections = 1000});
  Begin("slow header", {.connections = 200,
                        .opening = absl::StrCat("POST ", kReport, " HTTP/1.1\r\nHost: vaka\r\n"),
                        .drip = "X-A: b\r\n"});
  Begin("slow body", {.connections = 200,
                      .opening = absl::StrCat("POST ", kReport, " HTTP/1.1\r\nHost: vaka\r\n",
                                              kJson, "Content-Length: 60000\r\n\r\n"),
                      .drip = "x"});
  std::string greedy;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&greedy, "GET /a.js HTTP/1.1\r\nHost: vaka\r\n\r\n");
  Begin("never reads", {.connections = 100, .opening = greedy, .reads = false});
  // More at once than any address may ask.
  std::string many;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&many, "GET /a.js HTTP/1.1\r\nHost: vaka\r\n\r\n");
  Begin("too many requests", {.connections = 50, .opening = many, .drip = many});
}

// Attacks that come as fast as they are answered.
void Abuse::BeginToSend(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string garbage(2000, '\0');
  for (char& byte : garbage) byte = static_cast<char>(random());
  Begin("garbage", [garbage] { return garbage; });
  Begin("huge header", [] {
    return Post(kReport, absl::StrCat("X-A: ", std::string(40'000, 'a'), "\r\n"), "{}");
  });
  Begin("huge body", [] { return Post(kReport, kJson, std::string(3 << 20, ' ')); });
  Begin("two lengths", [] {
    return Post(kReport, absl::StrCat(kJson, "Content-Length: 0\r\n"), "GET / HTTP/1.1\r\n\r\n");
  });
  const std::string wrong = Post(
      kReport, absl::StrCat(kJson, "Authorization: Bearer ", std::string(150, 'x'), "\r\n"), "{}");
  Begin("wrong token", [wrong] { return wrong; });
  Begin("guessed code", [n = 0]() mutable {
    return Post("/vaka.gateway.v1.SessionService/SignIn", kJson,
                absl::StrCat(R"({"kommun":"0127","code":"guess-)", ++n, "\"}"));
  });
}

}  // namespace vaka::fault
