using Cgh.AppHost.OneProcess;

return await Cgh.ServiceDefaults.CommandLine.RunAsync(HostCommand.Create(), args);
