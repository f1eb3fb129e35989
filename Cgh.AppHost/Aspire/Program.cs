using Cgh.AppHost.Aspire;

return await Cgh.ServiceDefaults.CommandLine.RunAsync(AspireCommand.Create(), args);
