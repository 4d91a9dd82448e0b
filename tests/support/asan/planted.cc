// planted CASE: one mistake each, to see that AddressSanitizer, LeakSanitizer and UBSan report it;
// tests/support/asan/CMakeLists.txt holds them to it. What is wrong depends on `one`, which is 1,
// so that no compiler sees it.
#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

namespace {

int* OfTheCaller(int* given) { return given; }

int HeapOverflow(size_t one) {
  const std::unique_ptr<int[]> numbers(new int[one]{});
  return OfTheCaller(numbers.get())[one];
}

int UseAfterFree(size_t one) {
  auto numbers = std::make_unique<std::vector<int>>(one);
  const int* first = numbers->data();
  numbers.reset();
  return *first;
}

int* volatile kept_of_stack = nullptr;

[[gnu::noinline]] void KeepOfStack(size_t one) {
  int number = static_cast<int>(one);
  kept_of_stack = OfTheCaller(&number);
}

int UseAfterReturn(size_t one) {
  KeepOfStack(one);
  return *kept_of_stack;
}

int* volatile lost = nullptr;

int Leak(size_t one) {
  for (size_t i = 0; i < 100 * one; ++i) lost = new int[100];
  lost = nullptr;
  return 0;
}

int IntegerOverflow(size_t one) { return std::numeric_limits<int>::max() + static_cast<int>(one); }

struct Case {
  std::string_view name;
  int (*run)(size_t one);
};
constexpr auto kCases = std::to_array<Case>({
    {"heap_overflow", HeapOverflow},
    {"use_after_free", UseAfterFree},
    {"use_after_return", UseAfterReturn},
    {"leak", Leak},
    {"integer_overflow", IntegerOverflow},
});

}  // namespace

int main(int argc, char** argv) {
  for (const Case& planted : kCases) {
    if (argc == 2 && planted.name == argv[1]) {
      std::printf("ran: %d\n", planted.run(static_cast<size_t>(argc) - 1));
      return 0;
    }
  }
  std::fputs("planted CASE; see planted.cc\n", stderr);
  return 2;
}
