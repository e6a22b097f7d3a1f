// standard_streams.h - did everything that was printed get out?
#pragma once

#include <stdexcept>

namespace bunsen {

/// Takes the place of standard streams that whoever started the program has closed, so that no file of ours
/// gets their numbers and with them what is printed. Writing to such a stand-in fails, as it should.
void fill_closed_streams();

/// To be called last: flushes standard output. A reader that went away (`| head`) wanted no more, and
/// `exit_code` stands; for every other reason it says so on standard error and gives 3.
int exit_code_after_output(int exit_code);

/// Is `error` what printing throws when standard output takes no more?
bool is_of_standard_output(const std::exception& error);

}  // namespace bunsen
