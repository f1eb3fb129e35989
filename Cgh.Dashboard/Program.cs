using System.CommandLine;
using Cgh.Dashboard.Commands;

var root = new RootCommand("Shows experiments and runs live on web pages, and starts them.") { ServeDashboardCommand.Create() };
return await Cgh.Core.CommandLine.RunAsync(root, args);
