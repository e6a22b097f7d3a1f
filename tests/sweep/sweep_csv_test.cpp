#include "sweep/sweep_csv.h"

#include <doctest/doctest.h>

namespace bunsen {
namespace {

TEST_CASE("a sweep's table has a column an axis, and quotes what would break it") {
  SweepRecord record;
  record.goal = Goal{"validation.loss", false};
  record.trials.resize(2);
  record.trials[0].point = {{"optimizer", Node::string("adam")}};
  record.trials[0].seed = 3;
  record.trials[0].id = "abc";
  record.trials[0].state = RunState::completed;
  record.trials[0].objective = 0.25;
  record.trials[1].point = {{"epochs", Node::number(std::int64_t{2})}};
  record.trials[1].id = "def";
  record.trials[1].state = RunState::failed;
  record.trials[1].error = "said \"no\",\nand ended";
  CHECK(sweep_csv(record) ==
        "optimizer,epochs,seed,id,status,validation.loss,error\n"
        "adam,,3,abc,completed,0.25,\n"
        ",2,0,def,failed,,\"said \"\"no\"\",\nand ended\"\n");
}

}  // namespace
}  // namespace bunsen
