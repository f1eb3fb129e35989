using Cgh.AppHost.OneProcess;

return await Cgh.Core.CommandLine.RunAsync(HostCommand.Create(), args);
