using Cgh.Client.Commands;

return await Cgh.Core.CommandLine.RunAsync(ClientRoot.Create(), args);
