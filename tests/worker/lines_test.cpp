#include "worker/lines.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

using namespace bunsen;

namespace {

struct Pipe {
  std::array<int, 2> ends{};
  Pipe() { REQUIRE(::pipe(ends.data()) == 0); }
};

}  // namespace

TEST_CASE("lines come whole, however they were cut, and the last one needs no end") {
  Pipe pipe;
  LineReader reader(pipe.ends[0]);
  std::string line;
  REQUIRE(::write(pipe.ends[1], "one\ntw", 6) == 6);
  CHECK(reader.read_some() == LineReader::Read::some);
  REQUIRE(reader.next(line));
  CHECK(line == "one");
  CHECK_FALSE(reader.next(line));
  REQUIRE(::write(pipe.ends[1], "o\nrest", 6) == 6);
  ::close(pipe.ends[1]);
  CHECK(reader.read_some() == LineReader::Read::some);
  REQUIRE(reader.next(line));
  CHECK(line == "two");
  CHECK_FALSE(reader.next(line));
  CHECK(reader.read_some() == LineReader::Read::end);
  REQUIRE(reader.next(line));
  CHECK(line == "rest");
  CHECK_FALSE(reader.next(line));
  ::close(pipe.ends[0]);
}

TEST_CASE("a line above the limit is told as such, and the next one is read") {
  Pipe pipe;
  std::thread writer([&] {
    write_line(pipe.ends[1], std::string(LineReader::most_line_bytes + 100000, 'x'));
    write_line(pipe.ends[1], "good");
    ::close(pipe.ends[1]);
  });
  LineReader reader(pipe.ends[0]);
  std::vector<std::string> lines;
  for (bool is_open = true; is_open;) {
    is_open = reader.read_some() != LineReader::Read::end;
    for (std::string line; reader.next(line);) lines.push_back(line);
  }
  writer.join();
  ::close(pipe.ends[0]);
  REQUIRE(lines.size() == 2);
  CHECK(reader.is_too_long(lines[0]));
  CHECK(lines[1] == "good");
}
