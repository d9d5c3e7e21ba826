/* main.c - the only main: hands the command table a callback for the interface
 * SPDX-License-Identifier: MIT */
#include <locale.h>

#include "cli/cli.h"

static int open_interface(struct cli *cli)
{
  (void)cli;
  return 0;
}

int main(int argc, char **argv)
{
  setlocale(LC_CTYPE, "");
  return cli_main(argc, argv, open_interface);
}
