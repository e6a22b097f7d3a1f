// main.cpp - the program `bunsen`: its command line, and what becomes of an error nobody else caught.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "base/errors.h"
#include "base/text.h"
#include "build_info.h"
#include "cli/check.h"
#include "cli/command_words.h"
#include "cli/complete.h"
#include "cli/completion_script.h"
#include "cli/data.h"
#include "cli/data_show.h"
#include "cli/describe.h"
#include "cli/diff.h"
#include "cli/doctor.h"
#include "cli/explain.h"
#include "cli/init.h"
#include "cli/list.h"
#include "cli/predict.h"
#include "cli/run.h"
#include "cli/standard_streams.h"
#include "cli/sweep.h"
#include "data/known_sets.h"

namespace bunsen {
namespace {

constexpr std::string_view set_help =
    "change a value: optimizer.adam.lr=3e-4, layers.hidden2.linear=64; ~KEY removes one";
constexpr std::string_view results_help = "where results lie (else $BUNSEN_RESULTS, else results/)";

/// Every command with its options; `run` of the chosen one gives the exit code.
class CommandLine {
 public:
  CommandLine() : app_("bunsen: declarative experiments on LibTorch", "bunsen") {
    app_.set_version_flag(
        "--version", fmt::format("bunsen {} ({}), LibTorch {}", build_info::version, build_info::build_id,
                                 build_info::torch_version.empty() ? "none" : build_info::torch_version));
    app_.require_subcommand(1);
    app_.failure_message(CLI::FailureMessage::simple);
    add_run();
    add_check();
    add_describe("plan", "layer table with shapes, parameters and work", plan_command);
    add_describe("config", "the resolved config, every default written out", config_command);
    add_sweep();
    add_list();
    add_diff();
    add_predict();
    add_data();
    add_init();
    add_explain();
    add_completion();
    add_doctor();
  }

  int run(int argc, char** argv) {
    // Asked at each TAB, of words that need not be a command line yet.
    if (argc > 1 && std::string_view(argv[1]) == "complete")
      return complete_command(words_of(app_), {argv + 2, argv + argc});
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error);
      return code == 0 ? 0 : static_cast<int>(ExitCode::bad_usage);
    }
    return chosen_();
  }

 private:
  CLI::App* command(const std::string& name, const std::string& help) {
    return app_.add_subcommand(name, help);
  }
  void add_sets(CLI::App* command, std::vector<std::string>& sets) {
    command->add_option("--set", sets, std::string(set_help))
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
  }
  void add_diagnostics(CLI::App* command, DiagnosticsChoice& choice) {
    choice.tool_version = build_info::version;
    command->add_option("--diagnostics", choice.format, "mistakes as text, json or sarif")
        ->check(CLI::IsMember({"text", "json", "sarif"}));
  }
  template <class Options>
  void add_results(CLI::App* command, Options& options) {
    command->add_option("--results", options.results, std::string(results_help))->type_name("DIR");
  }

  void add_run() {
    CLI::App* run = command("run", "train one config after another");
    run->add_option("FILE", run_.files, "configs; none: lists those in configs/");
    add_sets(run, run_.sets);
    add_diagnostics(run, run_.diagnostics);
    add_results(run, run_);
    run->add_option("--device", run_.device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
    run->add_option("--threads", run_.threads, "CPU threads")->check(CLI::Range(1, 1024));
    run->add_flag("--again", run_.again, "train even what is done");
    run->add_flag("--profile", run_.profile, "tell where an epoch's time went; trains even what is done");
    run->add_flag("--json", run_.json, "one line of JSON a run");
    run->add_flag("--quiet,-q", run_.quiet, "tell only mistakes");
    run_.torch_version = build_info::torch_version;
    run->callback([this] { chosen_ = [this] { return run_command(run_); }; });
  }

  void add_check() {
    CLI::App* check = command("check", "tell every mistake, train nothing");
    check->add_option("PATH", check_.paths, "configs, experiments, folders of them")->required();
    add_sets(check, check_.sets);
    add_diagnostics(check, check_.diagnostics);
    check->add_flag("--strict", check_.strict, "warnings fail the check too");
    check->callback([this] { chosen_ = [this] { return check_command(check_); }; });
  }

  void add_describe(const std::string& name, const std::string& help, int (*action)(const DescribeOptions&)) {
    CLI::App* describe = command(name, help);
    describe->add_option("FILE", describe_.file, "a config")->required();
    add_sets(describe, describe_.sets);
    add_diagnostics(describe, describe_.diagnostics);
    describe->add_flag("--json", describe_.json, "as JSON");
    if (name == "config") describe->add_flag("--origin", describe_.origin, "say where each value comes from");
    describe->callback([this, action] { chosen_ = [this, action] { return action(describe_); }; });
  }

  void add_sweep() {
    CLI::App* sweep = command("sweep", "train all trials of an experiment");
    sweep->add_option("FILE", sweep_.file, "an experiment; none: lists those in experiments/");
    add_sets(sweep, sweep_.sets);
    add_diagnostics(sweep, sweep_.diagnostics);
    add_results(sweep, sweep_);
    sweep->add_option("--jobs", sweep_.jobs, "trials at the same time")->check(CLI::Range(1, 1024));
    sweep->add_flag("--plan", sweep_.plan, "show the trials, train nothing");
    sweep
        ->add_option("--keep-weights", sweep_.keep_weights,
                     "of the best trial, all or none; else as the file says")
        ->check(CLI::IsMember({"best", "all", "none"}));
    sweep->add_option("--retry", sweep_.retry, "train failed or diverged trials once more")
        ->check(CLI::IsMember({"failed", "diverged", "all"}));
    sweep->add_flag("--json", sweep_.json, "the outcome as JSON");
    sweep->add_flag("--quiet,-q", sweep_.quiet, "tell only mistakes");
    sweep_.torch_version = build_info::torch_version;
    sweep->callback([this] { chosen_ = [this] { return sweep_command(sweep_); }; });
  }

  void add_list() {
    CLI::App* list = command("list", "a table of runs");
    list->add_option("WHAT", list_.what, "run folders, folders of runs, names, ids; none: all runs");
    add_results(list, list_);
    list->add_flag("--json", list_.json, "as JSON");
    list->callback([this] { chosen_ = [this] { return list_command(list_); }; });
  }

  void add_diff() {
    CLI::App* diff = command("diff", "in what runs, groups, configs or JSON files differ");
    diff->add_option("SIDE", diff_.sides, "runs, folders, names, ids, configs, JSON files")
        ->required()
        ->expected(2, 1000);
    add_results(diff, diff_);
    diff->add_flag("--exit-code", diff_.exit_code, "exit with 1 when anything differs");
    diff->add_flag("--json", diff_.json, "as JSON");
    diff->callback([this] { chosen_ = [this] { return diff_command(diff_); }; });
  }

  void add_predict() {
    CLI::App* predict = command("predict", "what a trained model says of test samples");
    predict->add_option("RUN", predict_.run, "a run's folder, id or name")->required();
    predict->add_option("--index", predict_.indices, "test samples, from 0")->required();
    add_results(predict, predict_);
    predict->add_flag("--json", predict_.json, "one line of JSON a sample");
    predict->callback([this] { chosen_ = [this] { return predict_command(predict_); }; });
  }

  void add_data() {
    CLI::App* data = command("data", "data sets: which are here, what is in them, getting them");
    data->require_subcommand(1);
    const std::string sets = fmt::format("{{{}}}", join(known_set_names(), ","));
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*action)(const DataOptions&)) -> CLI::App* {
      CLI::App* app = data->add_subcommand(name, help);
      app->callback([this, action] { chosen_ = [this, action] { return action(data_); }; });
      return app;
    };
    CLI::App* list = add("list", "the known data sets, and where they are", data_list_command);
    list->add_flag("--json", data_.json, "as JSON");
    CLI::App* show = data->add_subcommand("show", "what is in a data set, a table, an IDX file");
    show->add_option("WHAT", show_.what, "a known data set, a .csv or IDX file, a config")->required();
    show->add_option("--label", show_.label, "of a table: the column to predict")->type_name("COLUMN");
    show->add_flag("--json", show_.json, "as JSON");
    show->callback([this] { chosen_ = [this] { return data_show_command(show_); }; });
    CLI::App* verify =
        add("verify", "read known data sets whole and check their checksums", data_verify_command);
    verify->add_option("NAME", data_.names, "known data sets; none: all that are here")->type_name(sets);
    verify->add_flag("--json", data_.json, "as JSON");
    CLI::App* fetch = add("fetch", "download a known data set", data_fetch_command);
    fetch->add_option("NAME", data_.names, "known data sets")->required()->type_name(sets);
    fetch->add_option("--to", data_.to, "makes DIR/NAME (else in $BUNSEN_DATA, else in the user's cache)")
        ->type_name("DIR");
    fetch
        ->add_option("--from", data_.from,
                     "where its files lie (else $BUNSEN_DATA_MIRROR/NAME, else its publisher's)")
        ->type_name("URL");
    fetch->add_flag("--quiet,-q", data_.quiet, "tell only mistakes");
  }

  void add_init() {
    CLI::App* init = command("init", "write a first config, every key explained");
    init->add_option("FILE", init_.file, "what to call it (config.yaml); -: standard output");
    init->add_option("--dataset", init_.dataset, "what to train on (synthetic), or your table: wine.csv")
        ->type_name("NAME");
    init->callback([this] { chosen_ = [this] { return init_command(init_); }; });
  }

  void add_explain() {
    CLI::App* explain = command("explain", "what a key, a type or an error code means");
    explain->add_option("KEY", explain_.key, "optimizer.adam.lr, relu, BUN012; none: the top level");
    explain->add_flag("--page", explain_.page, "the whole reference, as Markdown");
    explain->callback([this] { chosen_ = [this] { return explain_command(explain_); }; });
    command("schema", "the JSON Schema of configs and experiments, for editors")->callback([this] {
      chosen_ = schema_command;
    });
  }

  void add_completion() {
    CLI::App* completion = command("completion", "a script that completes bunsen's words in a shell");
    completion->add_option("SHELL", shell_, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
    completion->footer(std::string(completion_footer));
    completion->callback([this] { chosen_ = [this] { return completion_command(shell_); }; });
  }

  void add_doctor() {
    CLI::App* doctor = command("doctor", "what this machine has, and whether it will do");
    add_results(doctor, doctor_);
    doctor->add_flag("--json", doctor_.json, "findings and all facts as JSON");
    doctor_.version = build_info::version;
    doctor_.build = build_info::build_id;
    doctor_.torch_version = build_info::torch_version;
    doctor->callback([this] { chosen_ = [this] { return doctor_command(doctor_); }; });
  }

  CLI::App app_;
  std::function<int()> chosen_;
  RunOptions run_;
  CheckOptions check_;
  DescribeOptions describe_;
  SweepOptions sweep_;
  ListOptions list_;
  DiffOptions diff_;
  PredictOptions predict_;
  DataOptions data_;
  DataShowOptions show_;
  InitOptions init_;
  ExplainOptions explain_;
  std::string shell_;
  DoctorOptions doctor_;
};

}  // namespace
}  // namespace bunsen

int main(int argc, char** argv) {
  using bunsen::ExitCode;
  bunsen::fill_closed_streams();
  int exit_code = static_cast<int>(ExitCode::run_failed);
  try {
    exit_code = bunsen::CommandLine().run(argc, argv);
  } catch (const bunsen::UserError& error) {
    std::cerr << "bunsen: " << bunsen::printable(error.what()) << '\n';
    exit_code = static_cast<int>(error.exit_code);
  } catch (const std::exception& error) {
    if (bunsen::is_of_standard_output(error)) {
      exit_code = static_cast<int>(ExitCode::done);  // unless exit_code_after_output() has a reason
    } else {
      std::cerr << "bunsen: a mistake of bunsen itself: " << bunsen::printable(error.what()) << '\n';
    }
  }
  return bunsen::exit_code_after_output(exit_code);
}
