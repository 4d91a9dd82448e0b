// Any frames from the bus and any link or token from outside: only what was made here is taken,
// whole.
#include <sodium.h>

#include <algorithm>
#include <string>

#include "libs/base/form.h"
#include "libs/bus/wire.h"
#include "libs/rpc/token.h"
#include "services/notifications/short_link.h"
#include "tests/fuzz/tape.h"

namespace vaka::fuzz {
namespace {

std::string TextFrom(Tape& tape) {
  std::string text(tape.Byte(), '\0');
  for (char& c : text) c = static_cast<char>(tape.Byte());
  return text;
}

// `text` with a byte changed, taken out, put in, or moved to the end.
std::string Changed(Tape& tape, std::string text) {
  const size_t at = tape.Word(2) % (text.size() + 1);
  const char byte = static_cast<char>(tape.Byte());
  switch (tape.Byte() % 4) {
    case 0:
      text.insert(at, 1, byte);
      break;
    case 1:
      text.erase(at, 1);
      break;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ byte);
      break;
    default:
      std::rotate(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), text.end());
  }
  return text;
}

void CheckFrames(Tape& tape) {
  std::vector<std::string> facts(tape.Byte() % 3 + 1);
  for (std::string& fact : facts) fact = TextFrom(tape);
  const auto stream = tape.Byte() % 2 == 0 ? log::Stream::kFacts : log::Stream::kDeliveries;
  const uint64_t first = tape.Word(8);
  uint64_t seq = first;
  for (const bus::Frames& frames : bus::FrameAll("0127", stream, first, facts)) {
    for (const bus::Message& message : bus::Unframe(frames.topic, frames.header, frames.body)) {
      Require(message.kommun == "0127" && message.stream == stream && message.seq == seq &&
                  message.bytes == facts.at(seq - first),
              "what was framed is taken as it was");
      ++seq;
    }
    const std::string topic = Changed(tape, frames.topic);
    const std::string header = Changed(tape, frames.header);
    const std::string body = Changed(tape, frames.body);
    Require(bus::Unframe(topic, frames.header, frames.body).empty() || topic == frames.topic,
            "another topic is refused");
    Require(bus::Unframe(frames.topic, header, frames.body).empty() || header == frames.header,
            "another header is refused");
    Require(bus::Unframe(frames.topic, frames.header, body).empty() || body == frames.body,
            "another body is refused");
  }
  Require(seq - first == facts.size(), "all of it is taken");
}

void CheckLinks(Tape& tape) {
  static const auto* const links = new notifications::ShortLinks(std::string(32, 'k'));
  const std::string link = links->Make("0127", "msg-abcdefghijklmnop");
  const std::string changed = Changed(tape, link);
  const auto opened = links->Open(changed);
  Require(opened.ok() == (changed == link), "only the link itself opens");
  if (opened.ok())
    Require(opened->kommun == "0127" && opened->message == "msg-abcdefghijklmnop",
            "as it was made");
  Require(!links->Open(TextFrom(tape)).ok(), "nobody else makes a link");
}

// Base64 can write the same bytes in several ways: what opens says what was signed, whatever its
// form.
void CheckTokens(Tape& tape) {
  static const auto* const tokens = [] {
    auto [secret_key, public_key] = rpc::Tokens::KeysFromSeed(std::string(32, 's'));
    return new rpc::Tokens(std::move(secret_key), std::move(public_key));
  }();
  const std::string said = TextFrom(tape);
  const std::string token = tokens->Sign("link", said);
  const auto whole = tokens->Open("link", token);
  Require(whole.ok() && *whole == said, "what was signed opens");
  Require(!tokens->Open("sign-in", token).ok(), "a signature is for one purpose");
  const auto changed = tokens->Open("link", Changed(tape, token));
  Require(!changed.ok() || *changed == said, "nothing else was signed");
  Require(!tokens->Open("link", TextFrom(tape)).ok(), "nobody else signs");
  tokens->Verify(Changed(tape, tokens->Sign("identity", TextFrom(tape))), absl::UnixEpoch())
      .IgnoreError();
}

void CheckForm(Tape& tape) {
  const std::string body = TextFrom(tape);
  size_t bytes = 0;
  for (const auto& [name, value] : ParseForm(body)) bytes += name.size() + value.size();
  Require(bytes <= body.size(), "a form holds no more than was sent");
}

}  // namespace
}  // namespace vaka::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vaka::fuzz::Tape tape(data, size);
  switch (tape.Byte() % 4) {
    case 0:
      vaka::fuzz::CheckFrames(tape);
      break;
    case 1:
      vaka::fuzz::CheckLinks(tape);
      break;
    case 2:
      vaka::fuzz::CheckTokens(tape);
      break;
    default:
      vaka::fuzz::CheckForm(tape);
  }
  return 0;
}
