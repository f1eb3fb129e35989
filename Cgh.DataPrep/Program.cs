using Cgh.Core;
using Cgh.DataPrep.Commands;

return await CommandLine.RunAsync(DataPrepRoot.Create(), args);
