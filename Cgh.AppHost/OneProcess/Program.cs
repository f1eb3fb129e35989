using Cgh.AppHost.OneProcess;
using Cgh.ServiceDefaults;

return await CommandLine.RunAsync(HostCommand.Create(), args);
