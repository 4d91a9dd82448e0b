#include "services/vaka/cli.h"

int main(int argc, char** argv) { return vaka::RunCli(argc, argv); }
