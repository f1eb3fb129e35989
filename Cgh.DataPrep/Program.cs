using System.CommandLine;
using Cgh.Core;
using Cgh.DataPrep.Commands;

var root = new RootCommand("Creates datasets: generates demo images, packs image folders, adds label noise.")
{
    DemoCommand.Create(),
    PackCommand.Create(),
    NoiseCommand.Create(),
    LabelsCommand.Create(),
    InfoCommand.Create(),
    ServeDataPrepCommand.Create(),
};

return await CommandLine.RunAsync(root, args);
