using System.CommandLine;
using Cgh.Dashboard.Commands;

var root = new RootCommand("The web dashboard: shows experiments and runs live, and starts them.") { ServeDashboardCommand.Create() };
return await Cgh.Core.CommandLine.RunAsync(root, args);
