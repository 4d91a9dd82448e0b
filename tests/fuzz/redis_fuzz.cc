// Any answer of Redis, as the tree that its wire format gives: it is read or refused, what is read
// is as the headers promise, and an entry counts as intact only with its checksum.
#include "libs/log/append_call.h"
#include "libs/log/entries.h"
#include "libs/redis/reply.h"
#include "libs/redis/topology.h"
#include "tests/fuzz/tape.h"

namespace vaka::fuzz {
namespace {

using redis::Reply;

constexpr int kDeepest = 4;

std::string TextFrom(Tape& tape) {
  static const char* const kWords[] = {"f",
                                       "c",
                                       "7-0",
                                       "18446744073709551615-0",
                                       "MOVED 3999 10.0.0.7:6380",
                                       "ASK 1 [::1]:6380",
                                       "OOM command not allowed",
                                       "1:3",
                                       "?",
                                       "127.0.0.1"};
  const uint8_t choice = tape.Byte();
  if (choice < std::size(kWords)) return kWords[choice];
  std::string text(choice % 32, '\0');
  for (char& c : text) c = static_cast<char>(tape.Byte());
  return text;
}

Reply ReplyFrom(Tape& tape, int depth) {
  Reply reply;
  reply.type = static_cast<Reply::Type>(tape.Byte() % 6);
  if (reply.type == Reply::Type::kInteger) {
    reply.integer = static_cast<int64_t>(tape.Word(tape.Byte() % 2 == 0 ? 2 : 8));
  } else if (reply.type == Reply::Type::kArray) {
    const int elements = depth < kDeepest ? tape.Byte() % 6 : 0;
    for (int i = 0; i < elements && !tape.AtEnd(); ++i)
      reply.elements.push_back(ReplyFrom(tape, depth + 1));
  } else if (reply.type != Reply::Type::kNil) {
    reply.text = TextFrom(tape);
  }
  return reply;
}

void CheckEntries(const Reply& reply) {
  const auto entries = log::ParseEntries(reply);
  if (!entries.ok()) return;
  size_t read = 0;
  for (const Reply& item : reply.elements) {
    const std::vector<Reply>& fields = item.elements[1].elements;
    for (size_t i = 0; i < log::FactsIn(fields.size()); ++i) {
      // The first numbers, when the last is less than so many facts.
      if (read == entries->size()) return;
      const log::Entry& entry = (*entries)[read++];
      if (!entry.intact) continue;
      Require(fields[4 * i + 3].text == log::Checksum(entry.bytes), "what is intact has its sum");
    }
  }
  Require(read == entries->size(), "no fact is there that was not written");
}

void CheckSlots(const Reply& reply, const redis::Endpoint& asked) {
  const auto topology = redis::ParseSlots(reply, asked);
  if (!topology.ok()) return;
  Require(topology->cluster && topology->owner.size() == redis::kSlots,
          "a cluster knows every slot");
  for (int slot = 0; slot < redis::kSlots; ++slot) topology->Of(static_cast<uint16_t>(slot));
}

// A fact as the log writes it is intact; with any bit of it changed it is not, and the one beside
// it in its entry still is.
void CheckDamage(Tape& tape) {
  const auto text = [](std::string bytes) {
    return Reply{Reply::Type::kString, 0, std::move(bytes), {}};
  };
  const std::string fact = TextFrom(tape);
  if (fact.empty()) return;
  std::string damaged = fact;
  const auto bit = tape.Word(2) % (fact.size() * 8);
  damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
  for (const std::string& kept : {fact, damaged}) {
    const std::string sum = log::Checksum(fact);
    Reply fields{
        Reply::Type::kArray,
        0,
        "",
        {text("f"), text(fact), text("c"), text(sum), text("f"), text(kept), text("c"), text(sum)}};
    Reply item{Reply::Type::kArray, 0, "", {text("7-0"), std::move(fields)}};
    const auto entries = log::ParseEntries({Reply::Type::kArray, 0, "", {std::move(item)}});
    Require(entries.ok() && entries->size() == 2 && (*entries)[0].seq == 6, "an entry is read");
    Require((*entries)[0].intact && (*entries)[1].intact == (kept == fact),
            "a changed bit is found");
  }
}

}  // namespace
}  // namespace vaka::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka;
  fuzz::Tape tape(data, size);
  const redis::Endpoint asked;
  const redis::Reply reply = fuzz::ReplyFrom(tape, 0);
  fuzz::Require(redis::ToStatus(reply).ok() != reply.is_error(), "an error is one");
  fuzz::CheckEntries(reply);
  fuzz::CheckSlots(reply, asked);
  for (const auto& answer : log::ParseAppended(reply, reply.elements.size())) {
    answer.status().IgnoreError();
  }
  log::ParseRemembered(reply.text).IgnoreError();
  redis::ParseRedirect(reply.text, asked).IgnoreError();
  fuzz::CheckDamage(tape);
  return 0;
}
