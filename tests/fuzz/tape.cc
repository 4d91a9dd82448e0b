#include "tests/fuzz/tape.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace vaka::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Of this thread, so that a busy machine does not count.
double SecondsOfProcessor() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

constexpr int kDeepest = 6;
constexpr size_t kMostFacts = 200;

// Ids, zones, ISO weeks and texts: what strings of facts hold, and what they never should.
constexpr const char* kTexts[] = {
    "",
    "a-1",
    "a-2",
    "p-1",
    "p-2",
    "s-1",
    "i-1",
    "al-1",
    "0127",
    "norra",
    "Sverige",
    "burglary",
    "fire",
    "2026-W47",
    "2026-W53",
    "2027-W01",
    "Europe/Stockholm",
    "No/Where",
    "police",
    "other",
    "week:2026-W47",
    "m-1",
    "d-1",
    "åäö 🚲",
    "+46701740605",
    "\n;,\"",
    "-1",
    "9999-W99",
};

// Few bytes give small numbers; some give the ends of the type.
int64_t Number(Tape& tape) {
  const uint8_t kind = tape.Byte();
  if (kind < 200) return kind % 16;
  if (kind < 240) return static_cast<int64_t>(tape.Word(4));
  if (kind < 248) return static_cast<int64_t>(tape.Word(8));
  return kind % 2 == 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

double Real(Tape& tape) {
  const uint8_t kind = tape.Byte();
  if (kind < 100) return 59.2 + kind / 1000.0;
  if (kind < 200) return 17.8 + kind / 1000.0;
  if (kind == 255) return std::numeric_limits<double>::quiet_NaN();
  if (kind == 254) return std::numeric_limits<double>::infinity();
  if (kind == 253) return -std::numeric_limits<double>::max();
  return static_cast<double>(Number(tape));
}

std::string Text(Tape& tape) { return kTexts[tape.Byte() % std::size(kTexts)]; }

void Fill(Tape& tape, Message& message, int depth);

// As `set` on a single field or `add` on a repeated one.
void FillOne(Tape& tape, Message& message, const FieldDescriptor* field, int depth) {
  const auto* reflection = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
#define VAKA_NUMBER(KIND, Name, Type, value)                            \
  case FieldDescriptor::KIND:                                           \
    if (many) {                                                         \
      reflection->Add##Name(&message, field, static_cast<Type>(value)); \
    } else {                                                            \
      reflection->Set##Name(&message, field, static_cast<Type>(value)); \
    }                                                                   \
    return
    VAKA_NUMBER(CPPTYPE_INT32, Int32, int32_t, Number(tape));
    VAKA_NUMBER(CPPTYPE_UINT32, UInt32, uint32_t, Number(tape));
    VAKA_NUMBER(CPPTYPE_INT64, Int64, int64_t, Number(tape));
    VAKA_NUMBER(CPPTYPE_UINT64, UInt64, uint64_t, Number(tape));
    VAKA_NUMBER(CPPTYPE_DOUBLE, Double, double, Real(tape));
    VAKA_NUMBER(CPPTYPE_FLOAT, Float, float, static_cast<float>(Number(tape)));
    VAKA_NUMBER(CPPTYPE_BOOL, Bool, bool, tape.Byte() % 2 == 1);
    VAKA_NUMBER(CPPTYPE_ENUM, EnumValue, int, tape.Byte() % 12);
    VAKA_NUMBER(CPPTYPE_STRING, String, std::string, Text(tape));
#undef VAKA_NUMBER
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Fill(tape,
           many ? *reflection->AddMessage(&message, field)
                : *reflection->MutableMessage(&message, field),
           depth + 1);
  }
}

// A time near the end of 2026, or any that the wire can carry.
void FillTime(Tape& tape, Message& message) {
  const auto* type = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  const uint8_t kind = tape.Byte();
  const int64_t seconds = kind < 200 ? 1795000000 + int64_t{kind} * 7200 : Number(tape);
  reflection->SetInt64(&message, type->FindFieldByNumber(1), seconds);
  if (kind >= 230) {
    const auto nanos = static_cast<int32_t>(tape.Word(4));
    reflection->SetInt32(&message, type->FindFieldByNumber(2), nanos);
  }
}

void Fill(Tape& tape, Message& message, int depth) {
  const Descriptor* type = message.GetDescriptor();
  if (type->full_name() == "google.protobuf.Timestamp") return FillTime(tape, message);
  if (depth > kDeepest || tape.AtEnd()) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const uint8_t choice = tape.Byte();
    // A present field more often than not; zeros past the tape's end leave everything out.
    int times = choice % 4 == 0 ? 0 : 1;
    if (field->is_repeated()) times = choice % 5;
    for (int n = 0; n < times; ++n) FillOne(tape, message, field, depth);
  }
}

}  // namespace

uint64_t Tape::Word(int bytes) {
  uint64_t word = 0;
  for (int i = 0; i < bytes; ++i) word = word << 8 | Byte();
  return word;
}

event::v1::Event FactFrom(Tape& tape, uint64_t seq) {
  event::v1::Event event;
  event.set_kommun("0127");
  event.set_seq(seq);
  const auto* facts = event::v1::Event::descriptor()->FindOneofByName("fact");
  FillOne(tape, event, facts->field(tape.Byte() % facts->field_count()), 0);
  FillTime(tape, *event.mutable_recorded_at());
  if (tape.Byte() % 4 != 0) FillTime(tape, *event.mutable_occurred_at());
  return event;
}

std::vector<event::v1::Event> FactsOnWire(Tape& tape) {
  std::vector<event::v1::Event> facts;
  while (!tape.AtEnd() && facts.size() < kMostFacts) {
    std::string bytes(tape.Word(2) % 4096, '\0');
    for (char& byte : bytes) byte = static_cast<char>(tape.Byte());
    event::v1::Event event;
    if (event.ParseFromString(bytes)) facts.push_back(std::move(event));
  }
  return facts;
}

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void RequireQuick(const std::function<void()>& work) {
  constexpr double kMostSeconds = 0.050 * 25;
  double best = 1e9;
  for (int tried = 0; tried < 3 && best > kMostSeconds; ++tried) {
    const double began = SecondsOfProcessor();
    work();
    best = std::min(best, SecondsOfProcessor() - began);
  }
  Require(best <= kMostSeconds, "a text of 64 KB takes at most 50 ms");
}

}  // namespace vaka::fuzz
