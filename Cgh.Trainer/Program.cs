using System.CommandLine;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Commands;

var root = new RootCommand("x")
{
    ServeCommand.Create(),
};
return await CommandLine.RunAsync(root, args);
