using Cgh.AppHost.Aspire;

return await Cgh.Core.CommandLine.RunAsync(AspireCommand.Create(), args);
