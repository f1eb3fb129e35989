using System.CommandLine;
using Cgh.Dashboard.Commands;

var root = new RootCommand("Pages that show experiments and runs live, and start them.") { ServeDashboardCommand.Create() };
return await Cgh.Core.CommandLine.RunAsync(root, args);
