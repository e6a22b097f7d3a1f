// within.h - asking what may never answer: a hung network file system must not hang the doctor.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <thread>

namespace bunsen {

/// What `question` gives, or nothing if that takes longer than `patience`; throws what it throws. A question
/// that does not end is left behind in its thread, so it must own whatever it uses.
template <class Answer>
std::optional<Answer> within(std::chrono::milliseconds patience, std::function<Answer()> question) {
  std::packaged_task<Answer()> task(std::move(question));
  std::future<Answer> answer = task.get_future();
  std::thread(std::move(task)).detach();
  if (answer.wait_for(patience) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

}  // namespace bunsen
