using Cgh.AppHost;

return await Cgh.Core.CommandLine.RunAsync(LaboratoryCommand.Create(), args);
