using Cgh.Standalone;

return await Cgh.Core.CommandLine.RunAsync(HostCommand.Create(), args);
