using Cgh.Core.Files;

namespace Cgh.DataPrep;

/// <summary>Where a dataset that is not there yet is to be made.</summary>
internal static class NewDatasetFolder
{
    /// <summary>
    /// A name means the data folder even where the working directory has a folder of that name (such as the images that
    /// are to be packed); <see cref="DataFolder.Dataset"/> finds the dataset there once it is made.
    /// </summary>
    public static string For(DataFolder data, string nameOrPath) =>
        DataFolder.IsName(nameOrPath) ? Path.Combine(data.Datasets, nameOrPath) : data.Dataset(nameOrPath);
}
