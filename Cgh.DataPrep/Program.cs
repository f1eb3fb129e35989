using System.CommandLine;
using Cgh.DataPrep.Commands;
using Cgh.ServiceDefaults;

var root = new RootCommand("Makes datasets: demonstration images, packing of image folders, label noise.")
{
    DemoCommand.Create(),
    PackCommand.Create(),
    NoiseCommand.Create(),
    LabelsCommand.Create(),
    InfoCommand.Create(),
    ServeCommand.Create(),
};

return await CommandLine.RunAsync(root, args);
